/** Symbols that are trained and used: MXNet's Module. */
package org.tenon.module;
