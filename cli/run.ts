import { CommanderError, type Command, type Option } from 'commander';
import type { Context } from './context.js';
import { asCliError, CliError, EXIT, type ExitCode } from './error.js';
import { errorAsJson, errorAsText } from './output/error.js';
import { newProgram } from './program.js';

/** Runs one command line. Returns the exit code of a failure, or null when the command ended well and has answered by itself. */
export async function runCli(argv: readonly string[], context: Context): Promise<ExitCode | null> {
  const complaints: string[] = [];
  const program = await newProgram(context, argv);
  configure(program, context, complaints);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return null;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return null;
    if (error instanceof CommanderError && error.code === 'commander.help' && !wantsJson(argv)) {
      // A line that stops short of a verb is answered with what it could go on with.
      context.stderr.write(complaints.join(''));
      return EXIT.usage;
    }
    const failure = error instanceof CommanderError ? usageError(error, complaints) : asCliError(error);
    report(failure, argv, context);
    return failure.exitCode;
  }
}

/** Commands inherit neither exitOverride nor output when they were made apart from the program, so each is told. */
function configure(command: Command, context: Context, complaints: string[]): void {
  const width = Math.min(context.terminal.columns, 120);
  command
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: command.parent !== null, subcommandTerm: (child) => child.name(), optionDescription: describe })
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => complaints.push(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => width,
      getErrHelpWidth: () => width,
    });
  for (const child of command.commands) configure(child, context, complaints);
}

/** As commander's own, without the news that a switch is off by default. */
function describe({ description, argChoices = [], defaultValue }: Option): string {
  const facts = [
    ...(argChoices.length > 0 ? [argChoices.join(', ')] : []),
    ...(typeof defaultValue === 'string' || typeof defaultValue === 'number' ? [`default: ${String(defaultValue)}`] : []),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}

function usageError(error: CommanderError, complaints: readonly string[]): CliError {
  if (error.code === 'commander.help') return new CliError('USAGE', 'a command is missing', { fix: 'choose one; add --help to see them' });
  const [first = error.message, ...more] = complaints.join('').trim().split('\n');
  const hint = more.join(' ').trim();
  return new CliError('USAGE', first.replace(/^error: /, ''), { ...(hint === '' ? {} : { fix: hint }), see: 'cofferdam --help' });
}

function report(error: CliError, argv: readonly string[], context: Context): void {
  context.stderr.write(`${wantsJson(argv) ? errorAsJson(error) : errorAsText(error)}\n`);
  if (wantsVerbose(argv) && error.stack !== undefined) context.stderr.write(`${stackOf(error)}\n`);
}

/** Read from the words themselves: a command line that does not parse still gets its error in the form it asked for. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (word, index) => /^(-o|--output=)jsonl?$/.test(word) || (/^(-o|--output)$/.test(word) && /^jsonl?$/.test(argv[index + 1] ?? '')),
  );
}

function wantsVerbose(argv: readonly string[]): boolean {
  return argv.some((word) => word === '--verbose' || word === '-v');
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
