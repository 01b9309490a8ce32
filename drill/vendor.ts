/** How one maker's BMCs behave, as data. What differs in shape (sessions, log entries) branches on `name`. */
export interface Vendor {
  readonly name: 'dell' | 'hpe' | 'lenovo' | 'supermicro' | 'openbmc' | 'generic';
  /** Class of the target in an inventory. */
  readonly class: string;
  /** `slots`: a fixed number of members, changed by PATCH only. `create-delete`: POST and DELETE. */
  readonly accounts: 'slots' | 'create-delete';
  /** How many slots there are, and the first that can be used; null where accounts come and go. */
  readonly slots: { readonly count: number; readonly first: number } | null;
  readonly passwords: Passwords;
  /** Whether a session shows from which address it was opened. */
  readonly showsAddresses: boolean;
  /** Whether logs and sessions are listed with the newest first. */
  readonly newestFirst: boolean;
  /** Log entries on one page; null where all come in one answer. */
  readonly page: number | null;
  /** What clearing a log does to its numbering, and the message that it leaves. */
  readonly clear: { readonly numbering: 'goes-on' | 'restarts'; readonly messageId: string };
  /** Whether sessions are still there after a reset of the BMC. */
  readonly sessionsSurviveReset: boolean;
  /** When a new certificate is served: at once, after a reset that somebody asks for, or after one that it makes by itself. Null where none can be installed. */
  readonly certificates: 'at-once' | 'after-reset' | 'starts-again' | null;
  /** Sessions at once; null where no cap is known. */
  readonly sessionLimit: number | null;
  /** The answer to a login over the limit. */
  readonly sessionLimitError: { readonly status: number; readonly messageId: string; readonly message: string };
  /** What a PATCH does with If-Match: nothing, 412 for a stale one, or also 428 without one. */
  readonly ifMatch: 'ignored' | 'honoured' | 'required';
  /** Where entity tags are seen: weak ones in body and header, header only, or only on the few bodies that carry one. */
  readonly etags: 'weak-in-body' | 'strong-in-body' | 'header' | 'few';
  readonly messages: { readonly registry: string; readonly code: string | null };
  readonly accountPatchStatus: 200 | 204;
  /** Message ids of a refused login and of a missing resource. */
  readonly loginRefused: string;
  readonly notFound: string;
}

/** What a maker asks of a password, unless its resources say otherwise, and what a new one does. */
interface Passwords {
  readonly min: number;
  readonly max: number;
  /** How many of upper case, lower case, digits and others it must have. */
  readonly classes: number;
  /** How often a character may stand in a row; null where any number of times. */
  readonly repeats: number | null;
  /** The user's name, also backwards, is no password. */
  readonly namesRefused: boolean;
  readonly badLength: string;
  readonly badContent: string;
  /** Which sessions of its account a new password ends; `others` spares the one in which it was set. Known of bmcweb alone: each of the three has to be met somewhere. */
  readonly ends: 'others' | 'all' | 'none';
  /** After how many failed logins an account is locked, and the rest of it in seconds; an iDRAC and an iLO have a way of their own. */
  readonly lockout: { readonly threshold: number; readonly duration: number; readonly resetAfter: number };
}
