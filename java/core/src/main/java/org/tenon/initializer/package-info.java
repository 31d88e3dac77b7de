/** How parameters begin: uniform, normal, Xavier. */
package org.tenon.initializer;
