export { incident } from './incident.js';
export { notify } from './notify.js';
export { enroll, freeze, inspect, read } from './read.js';
export { enlist, scheduled } from './scheduled.js';
export { shard } from './shard.js';
export { sweep } from './sweep.js';
export { vantage } from './vantage.js';
export { watch } from './watch.js';
