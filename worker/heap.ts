import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 collect before the heap has grown to several times of what lives in it. A worker waits for slow BMCs for hours, so memory is dearer
 * to its host than the CPU that this costs. To be called before the work begins.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--optimize-for-size');
}
