/** Programs for people who install or run the library. */
package org.tenon.tools;
