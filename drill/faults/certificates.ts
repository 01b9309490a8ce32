import { DONE, type Fault } from './fault.js';

/** What a BMC does to a renewal of its TLS key. The runbook that ships renews none. */
export const CERTIFICATES = {
  'certificate-key-reused': {
    line: 'a request for a certificate is for the key that it has already',
    expect: DONE,
    plant: (state) => {
      state.identity.makesKeys = false;
      return [];
    },
  },
  'certificate-request-by-task': {
    line: 'a request for a certificate is answered 202 with a task, whose monitor tells it when that has ended, once',
    expect: DONE,
    plant: (state) => {
      state.identity.tellsByTask = true;
      return [];
    },
  },
  'certificate-kept': {
    line: 'a new certificate is answered with success, and the old one goes on being served',
    expect: DONE,
    plant: (state) => {
      state.identity.takes = false;
      return [];
    },
  },
} as const satisfies Record<string, Fault>;
