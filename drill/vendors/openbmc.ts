import type { Vendor } from '../vendor.js';

export const OPENBMC: Vendor = {
  name: 'openbmc',
  class: 'openbmc',
  accounts: 'create-delete',
  slots: null,
  passwords: {
    min: 8,
    max: 20,
    classes: 0,
    repeats: null,
    namesRefused: false,
    badLength: 'PropertyValueFormatError',
    badContent: 'PropertyValueFormatError',
    ends: 'others',
    lockout: { threshold: 5, duration: 300, resetAfter: 0 },
  },
  showsAddresses: true,
  newestFirst: false,
  page: null,
  clear: { numbering: 'restarts', messageId: 'OpenBMC.0.4.EventLogCleared' },
  // bmcweb keeps sessions, token and all, in its own file.
  sessionsSurviveReset: true,
  certificates: 'at-once',
  sessionLimit: null,
  sessionLimitError: {
    status: 503,
    messageId: 'Base.1.18.1.SessionLimitExceeded',
    message: 'The session establishment failed due to the number of simultaneous sessions exceeding the limit of the implementation.',
  },
  // bmcweb reads If-None-Match only.
  ifMatch: 'ignored',
  etags: 'header',
  messages: { registry: 'Base.1.18.1', code: null },
  accountPatchStatus: 204,
  loginRefused: 'ResourceAtUriUnauthorized',
  notFound: 'ResourceNotFound',
};
