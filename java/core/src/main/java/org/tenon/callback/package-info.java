/** What happens beside a training: progress bars, speed, checkpoints. */
package org.tenon.callback;
