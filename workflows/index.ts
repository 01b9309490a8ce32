export { incident } from './incident.js';
export { inspect, read } from './read.js';
export { shard } from './shard.js';
export { sweep } from './sweep.js';
