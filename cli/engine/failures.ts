import { CliError, type CliCode } from '../error.js';
import { EngineError, type EngineCode } from './error.js';

const CODES: Readonly<Record<EngineCode, CliCode>> = {
  NOT_FOUND: 'ENGINE_NOT_FOUND',
  UNREACHABLE: 'ENGINE_UNREACHABLE',
  PORT_IN_USE: 'CONFLICT',
  ALREADY_RUNNING: 'CONFLICT',
  START_FAILED: 'ENGINE_FAILED',
  INNER_PORT_TAKEN: 'ENGINE_FAILED',
  ATTRIBUTE_TYPE: 'ENGINE_FAILED',
  REFUSED: 'ENGINE_FAILED',
};

/** What engine functions throw, told as an error of the command line. */
export async function explainedEngine<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause;
    const fix = cause.code === 'UNREACHABLE' ? { fix: 'start it with: cofferdam engine start' } : {};
    throw new CliError(CODES[cause.code], cause.message, { ...fix, cause });
  }
}
