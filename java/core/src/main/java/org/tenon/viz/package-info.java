/** Pictures and tables of networks. */
package org.tenon.viz;
