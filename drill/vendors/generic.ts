import type { Vendor } from '../vendor.js';

export const GENERIC: Vendor = {
  name: 'generic',
  class: 'generic-bmc',
  accounts: 'create-delete',
  slots: null,
  passwords: {
    min: 8,
    max: 40,
    classes: 0,
    repeats: null,
    namesRefused: false,
    badLength: 'PropertyValueFormatError',
    badContent: 'PropertyValueFormatError',
    ends: 'others',
    lockout: { threshold: 3, duration: 300, resetAfter: 300 },
  },
  showsAddresses: true,
  newestFirst: false,
  // As AMI pages: ?$skip=75.
  page: 75,
  clear: { numbering: 'restarts', messageId: 'Platform.1.0.LogCleared' },
  sessionsSurviveReset: false,
  certificates: null,
  sessionLimit: 16,
  sessionLimitError: {
    status: 503,
    messageId: 'Base.1.8.SessionLimitExceeded',
    message: 'The session establishment failed due to the number of simultaneous sessions exceeding the limit of the implementation.',
  },
  // As XCC and AMI: 428 without If-Match.
  ifMatch: 'required',
  etags: 'strong-in-body',
  messages: { registry: 'Base.1.8', code: 'Base.1.8.GeneralError' },
  accountPatchStatus: 200,
  loginRefused: 'ResourceAtUriUnauthorized',
  notFound: 'ResourceMissingAtURI',
};
