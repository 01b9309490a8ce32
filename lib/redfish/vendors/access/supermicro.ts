import type { Lookalike } from './setting.js';

export const SUPERMICRO_LOOKALIKES: readonly Lookalike[] = [
  {
    what: 'account',
    name: /^host FW user$/,
    only: null,
    why: 'the BMC makes it for the firmware of the host (MEL-0206)',
    source: 'Supermicro Event registry, MEL-0206, by its wording; the name itself was seen in no capture',
  },
];
