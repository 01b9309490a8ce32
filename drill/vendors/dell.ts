import type { Vendor } from '../vendor.js';

export const DELL: Vendor = {
  name: 'dell',
  class: 'dell-idrac9',
  accounts: 'slots',
  // Slot 1 cannot be used.
  slots: { count: 16, first: 2 },
  passwords: {
    min: 8,
    max: 40,
    // Its attributes say.
    classes: 0,
    repeats: null,
    namesRefused: false,
    badLength: 'IDRAC.2.7.SYS474',
    badContent: 'IDRAC.2.7.SYS474',
    ends: 'none',
    lockout: { threshold: 0, duration: 0, resetAfter: 0 },
  },
  showsAddresses: true,
  newestFirst: true,
  page: 50,
  clear: { numbering: 'restarts', messageId: 'IDRAC.2.7.SEL0004' },
  sessionsSurviveReset: false,
  certificates: 'after-reset',
  // WebServer.1.MaxNumberOfSessions of an iDRAC9.
  sessionLimit: 8,
  sessionLimitError: {
    status: 503,
    messageId: 'IDRAC.2.7.RAC0218',
    message: 'The maximum number of user sessions is reached.',
  },
  ifMatch: 'honoured',
  etags: 'few',
  messages: { registry: 'Base.1.12', code: 'Base.1.12.GeneralError' },
  accountPatchStatus: 200,
  loginRefused: 'ResourceAtUriUnauthorized',
  notFound: 'ResourceMissingAtURI',
};
