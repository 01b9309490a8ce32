import type { Vendor } from '../vendor.js';

export const HPE: Vendor = {
  name: 'hpe',
  class: 'hpe-ilo6',
  accounts: 'create-delete',
  slots: null,
  passwords: {
    min: 8,
    max: 39,
    classes: 0,
    repeats: null,
    namesRefused: false,
    badLength: 'iLO.2.23.InvalidPasswordLength',
    badContent: 'iLO.2.23.InvalidPasswordComplexity',
    ends: 'others',
    lockout: { threshold: 0, duration: 0, resetAfter: 0 },
  },
  showsAddresses: true,
  newestFirst: false,
  page: null,
  // EventNumber goes on over a clear.
  clear: { numbering: 'goes-on', messageId: '33.4' },
  sessionsSurviveReset: false,
  certificates: 'starts-again',
  // iLO's limit is not published; a small one is found out soon.
  sessionLimit: 12,
  sessionLimitError: { status: 400, messageId: 'Base.1.18.SessionLimitExceeded', message: '' },
  ifMatch: 'honoured',
  etags: 'weak-in-body',
  messages: { registry: 'Base.1.18', code: 'iLO.0.10.ExtendedInfo' },
  accountPatchStatus: 200,
  loginRefused: 'iLO.2.23.UnauthorizedLoginAttempt',
  notFound: 'ResourceMissingAtURI',
};
