import type { Vendor } from '../vendor.js';

export const LENOVO: Vendor = {
  name: 'lenovo',
  class: 'lenovo-xcc',
  accounts: 'slots',
  // XCC 2 takes POST and DELETE; the older one, which is played here, does not (the Allow header decides for lenovo's own scripts).
  slots: { count: 12, first: 1 },
  passwords: {
    min: 10,
    max: 32,
    classes: 3,
    repeats: 2,
    namesRefused: true,
    badLength: 'PropertyValueFormatError',
    badContent: 'PropertyValueFormatError',
    ends: 'none',
    lockout: { threshold: 5, duration: 3600, resetAfter: 3600 },
  },
  showsAddresses: false,
  newestFirst: true,
  page: null,
  clear: { numbering: 'goes-on', messageId: 'FQXSPEM4000I' },
  sessionsSurviveReset: false,
  certificates: 'after-reset',
  // bmclib providers/redfish/lenovo.go.
  sessionLimit: 16,
  sessionLimitError: {
    status: 503,
    messageId: 'Base.1.8.SessionLimitExceeded',
    message: 'The session establishment failed due to the number of simultaneous sessions exceeding the limit of the implementation.',
  },
  // 428 without If-Match, 412 with a stale one.
  ifMatch: 'required',
  etags: 'strong-in-body',
  messages: { registry: 'Base.1.8', code: 'Base.1.8.GeneralError' },
  accountPatchStatus: 200,
  loginRefused: 'ResourceAtUriUnauthorized',
  notFound: 'ResourceMissingAtURI',
};
