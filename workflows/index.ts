export { incident } from './incident.js';
export { notify } from './notify.js';
export { enroll, inspect, read } from './read.js';
export { shard } from './shard.js';
export { sweep } from './sweep.js';
