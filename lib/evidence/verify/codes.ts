/**
 * Why evidence is refused: one code for each thing an attacker, or a broken disk, does to an archive, with what it would buy him.
 * `INVALID` says that something is wrong; `CANNOT-CHECK` says that this verifier cannot tell, which is never success.
 */
export const REFUSAL_CODES = {
  // The container: what a reader of the archive sees before it reads a single line of ours.
  NOT_EVIDENCE: invalid('Hands over something else: an empty folder, or a file that is no tar of ours.'),
  TAR_TRUNCATED: invalid(
    'Cuts the tail off, even between two entries, where most tar readers notice nothing: two zero blocks must close the archive.',
  ),
  TAR_TRAILING: invalid('Appends bytes or a whole second archive after the end, which one reader shows and another hides.'),
  TAR_HEADER: invalid('Writes a header that two readers understand differently; only the one form that our writer uses is read.'),
  TAR_PADDING: invalid('Hides bytes in the padding behind a file, or lies about its size.'),
  ENTRY_TYPE: invalid('Puts a link, device or pipe where a file belongs, so that extracting reads or writes elsewhere.'),
  ENTRY_OVERRIDE: invalid('Renames or resizes the next entry with a pax or GNU header that not every reader obeys.'),
  ENTRY_MODE: invalid('Brings a set-user-id, set-group-id or sticky file onto the machine of who extracts it.'),
  NAME_ABSOLUTE: invalid('Names a path from the root, so that extracting overwrites a file of the system.'),
  NAME_TRAVERSAL: invalid('Climbs out of the folder with `..`, or hides a name behind `.` or an empty part.'),
  NAME_CHARACTER: invalid(
    'Uses backslashes, control or bidirectional characters or a leading hyphen to be taken for another name or an option.',
  ),
  NAME_RESERVED: invalid('Uses a name that Windows takes for a device or strips of its last dot.'),
  NAME_TOO_LONG: invalid('Uses a name that some readers cut, so that it meets another one.'),
  NAME_DUPLICATE: invalid('Stores a path twice: one reader shows the first file, another the last.'),
  NAME_CASE: invalid('Stores two names that differ in case only: on some file systems the second overwrites the first.'),
  TOP_DIRECTORY: invalid('Puts files outside the one directory that carries the name of the seal.'),
  EMPTY_DIRECTORY: invalid('Adds an empty directory, which no manifest can list.'),
  LIMIT_FILES: invalid('Exhausts whoever verifies with more files than any seal holds.'),
  LIMIT_SIZE: invalid('Exhausts whoever verifies with a file larger than any seal holds.'),
  SIDECAR_MISMATCH: invalid('Swaps the tar under its .tar.sha256, or the other way round.'),
  STRAY_FILE: invalid('Lays a file beside the seals that nobody signed, to be taken for evidence.'),

  // The bag and its manifests.
  TAG_MISSING: invalid('Drops one of the files that every seal has.'),
  TAG_CHANGED: invalid('Edits the record (captures, custody, seal) without touching the payload.'),
  TAG_UNLISTED: invalid('Adds a file beside the manifests; sha256sum, gpg and bagit-python all let it pass.'),
  TAG_UNKNOWN: cannotCheck('Seals a file that this verifier does not know, which may say what changes the meaning of the rest.'),
  FILE_MISSING: invalid('Removes a payload file that the manifest lists.'),
  FILE_CHANGED: invalid('Changes bytes of a payload file.'),
  FILE_UNLISTED: invalid('Adds a payload file that no manifest lists; sha256sum lets it pass.'),
  FETCH_FILE: invalid("Asks the reader to fetch payload from a place of the attacker's choice."),
  MANIFEST_FOREIGN: invalid('Adds a second manifest, perhaps with a weak hash, that disagrees with the signed one.'),
  MANIFEST_EMPTY: invalid('Empties the signed list, so that nothing is left to check.'),
  MANIFEST_BOM: invalid('Starts a manifest with a byte order mark, which shifts the first line for some readers.'),
  MANIFEST_CRLF: invalid('Ends lines with CRLF, so that stock tools look for names that end in a carriage return.'),
  MANIFEST_TORN: invalid('Leaves the last line without its line feed: a cut list that still parses.'),
  MANIFEST_LINE: invalid('Writes a line that is not 64 lower-case hexadecimal digits, two spaces and a name.'),
  MANIFEST_UNSORTED: invalid('Reorders lines, so that one list has many forms and many signatures.'),
  MANIFEST_DUPLICATE: invalid('Lists a file twice with different hashes and lets the reader choose.'),
  MANIFEST_PATH: invalid('Lists a file outside the bag, or a tag file as payload, so that checking reads elsewhere.'),
  TAGMANIFEST_INCOMPLETE: invalid('Leaves the payload manifest out of the signed list, so that it can be rewritten.'),
  BAGIT_TEXT: invalid('Declares another BagIt version or encoding, so that other rules apply.'),
  BAG_INFO: invalid('Breaks, repeats or drops a line of bag-info.txt, so that two readers see two identities.'),
  OXUM_WRONG: invalid('States another number of payload files or bytes than there are.'),

  // Signatures over the tag manifest.
  SIGNATURE_NONE: invalid('Removes every signature; gpg notices only when somebody counts.'),
  SIGNATURE_FILE: invalid('Hides a file in signatures/, the one folder that the tag manifest does not list.'),
  SIGNATURE_FORM: invalid('Adds data, a second block or unsigned subpackets to a signature, to say more than was signed.'),
  SIGNATURE_CLEARSIGNED: invalid('Uses a clear-signed text, whose white space can be changed under a good signature.'),
  SIGNATURE_CLASS: invalid('Uses a text-mode or other class of signature, which holds for more than these bytes.'),
  SIGNATURE_HASH: invalid('Uses a broken hash, so that another list with the same hash can be made.'),
  SIGNATURE_INVALID: invalid('Rewrites every manifest, or brings a signature made over another file.'),
  SIGNATURE_CRITICAL: invalid('Marks a notation or subpacket critical that this verifier does not know and must not ignore.'),
  SIGNATURE_EXPIRES: invalid('Uses a signature with an end: evidence signatures never expire.'),
  SIGNATURE_IN_FUTURE: invalid('Dates a signature ahead, to be found good after a revocation.'),
  SIGNATURE_BEFORE_SEAL: invalid('Dates a signature before the seal that it signs, to lie before a revocation.'),
  SIGNATURE_NAME: invalid("Files one person's signature under the name of another; gpg says GOODSIG for both."),
  SIGNER_TWICE: invalid('Copies one signature to be counted as two people.'),
  SIGNER_MISSING: invalid('Leaves out a signer that the seal requires, or requires none.'),
  KEY_NOT_PINNED: invalid('Signs with a key of his own that nobody has pinned.'),
  KEY_ONLY_SHIPPED: invalid('Ships his own certificate with the evidence, hoping that it is trusted because it is there.'),
  KEY_NEWER: invalid('Dates a signature before its key existed.'),
  KEY_EXPIRED: invalid('Signs with a key that had expired by then.'),
  KEY_REVOKED: invalid('Signs with a key that was reported lost or stolen.'),
  KEY_UNUSABLE: invalid('Signs with a key or subkey that its owner did not bind for signing.'),
  NOTATION_MISSING: invalid('Brings a signature that was made for another purpose and does not say what it is for.'),
  NOTATION_WRONG: invalid('Brings a signature that says it is for another incident, seal or purpose.'),
  SIGNATURE_UNSUPPORTED: cannotCheck(
    'Signs with a version or algorithm that this verifier cannot check; it does not call that bad, nor good.',
  ),
  CERTIFICATE_UNSUPPORTED: cannotCheck('Has a certificate pinned that this verifier cannot read or use.'),
  NO_CERTIFICATES: cannotCheck('Has the evidence checked without a pinned certificate: then anybody could have signed it.'),

  // What the signed files say.
  SEAL_FORM: invalid('Writes a SEAL.json with missing, unknown, doubled or malformed fields.'),
  IDENTITY: invalid('Presents a seal under another name: SEAL.json, bag-info, directory, custody log and signature must agree.'),
  SEAL_COUNTS: invalid('Seals other numbers of files, bytes or captures than there are.'),
  SEAL_CLASSES: invalid('Seals a class of evidence as captured that the log does not show, to unlock what destroys it.'),
  STATEMENT_CHANGED: invalid('Stores a decision under the digest of another one, or without the log line that brought it.'),
  STATEMENT_MISSING: invalid('Drops a decision that the custody log saw, a denial perhaps.'),
  STATEMENT_UNSIGNED: invalid('Keeps a decision without the signature that makes it one, or with something else in its place.'),
  STATEMENT_FORM: invalid('Keeps as a decision a text that nobody can read as one, or that two readers read differently.'),
  STATEMENT_FOREIGN: invalid('Keeps a decision of another incident, or under another launch, as one of this.'),
  LAUNCH_FOREIGN: invalid(
    'Keeps the launch of another incident, of a schedule that opens none of this name, or a decision that is no launch, as the authority of this one.',
  ),
  LAUNCH_MISSING: invalid('Shows a case without the launch that opened it: then nobody ordered what was done.'),
  DRILL: invalid('Passes a rehearsal off as a real incident.'),
  NOT_A_DRILL: invalid('Checks a real incident as a rehearsal: somebody looks at the wrong archive.'),
  CUSTODY_LINE: invalid('Writes a custody line that is not JSON, not in the one fixed form, or repeats a key.'),
  CUSTODY_TORN: invalid('Leaves the last custody line unfinished.'),
  CUSTODY_SEQ: invalid('Drops, repeats or reorders custody lines.'),
  CUSTODY_PREV: invalid('Rewrites a custody line in the middle; the next one no longer carries its hash.'),
  CUSTODY_TIME: invalid('Lets the log go back in time, to place an act before what it needed.'),
  CUSTODY_SUMMARY: invalid('Seals another length, hash or head than the custody log has: its tail was dropped or replaced.'),
  CUSTODY_BREAK: invalid('Starts a segment that does not continue the one sealed before: a piece of the log is gone.'),
  CAPTURE_LINE: invalid('Writes a capture line that is not JSON or has missing, unknown or contradicting fields.'),
  CAPTURE_TORN: invalid('Leaves the last capture line unfinished.'),
  CAPTURE_ORDER: invalid('Drops, repeats or reorders capture lines.'),
  CAPTURE_FILE_MISSING: invalid('Records a capture whose bytes are not there.'),
  CAPTURE_FILE_UNNAMED: invalid('Plants a file in the payload that no capture recorded.'),
  CAPTURE_DIFFERS: invalid('Records another size or hash than the captured file has.'),
  CAPTURE_NOT_IN_CUSTODY: invalid('Adds a capture that the custody log never saw.'),
  CUSTODY_WITHOUT_CAPTURE: invalid('Drops a capture that the custody log saw.'),
  CUSTODY_CAPTURE_DIFFERS: invalid('Swaps the bytes of a capture after the custody log recorded their hash.'),

  // Several seals together.
  SERIES_PREVIOUS: invalid('Replaces an earlier seal by another one with the same number.'),
  SERIES_GAP: invalid('Drops a seal from the middle or the beginning of a series.'),
  SERIES_FORK: invalid('Shows two different seals with one number.'),
  SERIES_MIXED: invalid('Mixes seals of different incidents or launches.'),
  SERIES_AFTER_FINAL: invalid('Adds a seal after the final one.'),
  HEADS_MISMATCH: invalid(
    'Drops the last seals of a series, or a whole series, that the closing seal of the case names, or names one twice.',
  ),
} as const satisfies Readonly<Record<string, RefusalEntry>>;

export type RefusalCode = keyof typeof REFUSAL_CODES;

export interface RefusalEntry {
  readonly verdict: 'INVALID' | 'CANNOT-CHECK';
  /** What an attacker would do; one sentence. */
  readonly attack: string;
}

function invalid(attack: string): RefusalEntry {
  return { verdict: 'INVALID', attack };
}

function cannotCheck(attack: string): RefusalEntry {
  return { verdict: 'CANNOT-CHECK', attack };
}
