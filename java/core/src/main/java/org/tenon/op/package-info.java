/**
 * The operators' parameters: one class per operator, filled in by the lambda that is handed to a
 * method of {@link org.tenon.Ops}. Generated from the native registry, so names, defaults and
 * meanings are those of the operators themselves.
 */
package org.tenon.op;
