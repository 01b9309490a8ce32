import { link, type JsonObject } from '../json.js';
import type { Shelf } from './shelf.js';

/** The standard queue: on a Supermicro with an update that waits and can be deleted, on an XCC with one that cannot. */
export function addTasks(shelf: Shelf, base: string): string {
  const waits = shelf.vendor.name === 'supermicro' || shelf.vendor.name === 'lenovo';
  const task = (): string =>
    shelf.add(`${base}/90`, 'Task.v1_4_3', 'BIOS Update', { TaskState: 'Pending', TaskStatus: 'OK', PercentComplete: 0, Messages: [] });
  return shelf.collection(base, 'Task', waits ? [task()] : []);
}

/** An iLO's own queue, in which an update waits. */
export function addUpdateQueue(shelf: Shelf, service: string): JsonObject {
  if (shelf.vendor.name !== 'hpe') return {};
  const base = `${service}/UpdateTaskQueue`;
  const item = shelf.add(`${base}/5c7a10e2`, 'HpeComponentUpdateTask.v1_3_0', 'Update-5c7a10e2', {
    Command: 'ApplyUpdate',
    Filename: 'ilo6_166.fwpkg',
    State: 'Pending',
  });
  return { Oem: { Hpe: { UpdateTaskQueue: link(shelf.collection(base, 'HpeComponentUpdateTaskQueue', [item])) } } };
}
