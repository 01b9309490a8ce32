/**
 * NOT_FOUND no engine binary by any way; UNREACHABLE nothing answers at the address; PORT_IN_USE somebody else listens there;
 * ALREADY_RUNNING an engine serves this folder; START_FAILED the process ended or never answered; INNER_PORT_TAKEN it ended since somebody took
 * a port that it had chosen for itself, several times in a row: start it again;
 * ATTRIBUTE_TYPE a search attribute exists with another type; REFUSED the engine answered, and said no.
 */
export type EngineCode =
  'NOT_FOUND' | 'UNREACHABLE' | 'PORT_IN_USE' | 'ALREADY_RUNNING' | 'START_FAILED' | 'INNER_PORT_TAKEN' | 'ATTRIBUTE_TYPE' | 'REFUSED';

/** What can go wrong with the engine itself: finding, starting, preparing and asking it. The message says what to do. */
export class EngineError extends Error {
  readonly code: EngineCode;

  constructor(code: EngineCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
  }
}
