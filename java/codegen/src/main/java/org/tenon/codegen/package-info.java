/**
 * Turns the native registry's dump into the classes {@code org.tenon.Ops} and {@code
 * org.tenon.op.*}.
 */
package org.tenon.codegen;
