import { DONE, type Fault } from './fault.js';

/** What keeps a freeze from being true. The first two are carried out where settings are changed: in `settings.ts`. */
export const FREEZE = {
  'lockdown-not-applied': {
    line: 'the lock is answered with success and not set',
    expect: { ...DONE, freeze: 'NOT_APPLIED' },
  },
  'service-patch-ignored': {
    line: 'a change of services and doors is answered with success and changes nothing',
    expect: { ...DONE, freeze: 'NOT_APPLIED' },
  },
  'access-list-shuts-all': {
    line: 'its own access list, once it is on, keeps out whom its rules let in as well',
    // Without responders in the site no freeze touches that list.
    expect: DONE,
  },
  'no-lock': {
    line: 'firmware or licence without the lock of its maker',
    expect: DONE,
    plant: (state) => {
      state.settings.removeLock();
      return [];
    },
  },
} as const satisfies Record<string, Fault>;
