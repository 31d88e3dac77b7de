/** Imperative differentiation: record operators on arrays, then go backward. */
package org.tenon.autograd;
