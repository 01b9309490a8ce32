import type { Lookalike } from './setting.js';

export const AMI_LOOKALIKES: readonly Lookalike[] = [
  {
    what: 'account',
    name: /^.{1,64}$/,
    only: ['HostInterfaceAdministrator'],
    why: 'the internal account of the host interface has that role and a name made at random',
    source: 'NVIDIA/libredfish tests/mockups/viking (AMI MegaRAC, DGX H100), AccountService/Accounts/2',
  },
];
