/** Why evidence could not be written, sealed or exported; closed, so that callers branch on it. */
export type EvidenceCode =
  /** custody.jsonl or captures.jsonl is not what was written: a line is malformed, out of order, missing, or does not continue the chain. */
  | 'CHAIN_BROKEN'
  /** A file of the payload, or a kept statement, is missing, or does not hash to what was recorded when it was written. */
  | 'PAYLOAD_CHANGED'
  /** The folder of a series holds what the writer never leaves there: a gap between seals, an unreadable seal, two open bags. */
  | 'LAYOUT'
  /** The folder holds a series of another incident or launch, or one of a drill where none is expected. */
  | 'OTHER_SERIES'
  /** The chain lacks the position that the engine saw: this disk was restored, or it is another one. */
  | 'HEAD_MISSING'
  /** The case is to be sealed and does not hold the launch that opened it, which is the first that is kept there. */
  | 'LAUNCH_MISSING'
  /** The series ended with a final seal. */
  | 'SERIES_ENDED'
  /** Somebody else works on the series and did not leave it in time. */
  | 'SERIES_BUSY'
  /** There is no such series, or it belongs to another user of this host, who alone may add to it. */
  | 'NO_SERIES'
  | 'FOREIGN_SERIES'
  /** What is to be added is no regular file, too large, or changed while it was read. Nothing of it was added. */
  | 'FILE_UNUSABLE'
  /** `close` was called, or a write failed before; open the series again, which recovers it. */
  | 'NOT_OPEN'
  /** The caller asked to write what no verifier would accept: a text beyond 8,192 characters, a number that is not finite, a statement of another incident. */
  | 'BAD_RECORD'
  /** The file system refused: full, read-only, permission, broken. What was committed before stands. */
  | 'DISK_FAILED'
  /** The collector's key cannot sign. The bag stays open. */
  | 'SIGNING_FAILED'
  /** The output folder already has this case; nothing is ever overwritten. */
  | 'OUT_EXISTS'
  /** There is no sealed bag to export. */
  | 'NOTHING_SEALED'
  /** The archive, read back, does not hold what the manifests list. It was removed. */
  | 'ARCHIVE_DIFFERS';

/** Thrown by the writer and the exporter of evidence. The verifier does not throw for bad evidence: it reports. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError';
  readonly code: EvidenceCode;

  constructor(code: EvidenceCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Does work on files of this folder: what the file system says becomes DISK_FAILED, so that callers meet one class of errors. */
export async function onDisk<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof EvidenceError) throw cause;
    throw new EvidenceError(
      'DISK_FAILED',
      `cannot work in ${folder}; make room or mend the disk, then retry: what was committed or sealed is safe`,
      { cause },
    );
  }
}
