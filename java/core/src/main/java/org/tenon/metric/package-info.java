/** How good predictions are: accuracy, cross-entropy, errors, one's own. */
package org.tenon.metric;
