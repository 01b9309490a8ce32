/** What a log entry tells of, as far as a review looks at it. */
export type LogEvent =
  | 'login'
  | 'logout'
  | 'login-failed'
  | 'account-changed'
  | 'log-cleared'
  | 'media'
  | 'console'
  | 'firmware'
  | 'intrusion'
  | 'posture'
  | 'configuration'
  /** The entry before it, so many times more. */
  | 'repeated';

/**
 * What some message ids mean. Ids are without registry and version (`USR0030`, `35.1017`, `EventLogCleared`). Of several rows with the same id
 * the first whose `text` matches counts.
 */
export interface LogMessage {
  readonly event: LogEvent;
  readonly ids: readonly string[];
  /** Finds `user`, `address`, `about` and `count` in the message; null: they are not in it, or its arguments say them. */
  readonly text: RegExp | null;
  readonly source: string;
}
