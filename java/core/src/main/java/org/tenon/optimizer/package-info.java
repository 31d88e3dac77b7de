/** How gradients change parameters: SGD, Adam, learning rate schedules. */
package org.tenon.optimizer;
