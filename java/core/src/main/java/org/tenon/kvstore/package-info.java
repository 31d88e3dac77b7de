/** Values by key that devices share. */
package org.tenon.kvstore;
