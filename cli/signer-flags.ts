import type { Command } from 'commander';

/** The flags of every command that signs. */
export function addSignerFlags(command: Command): Command {
  return command
    .requiredOption('--reason <text>', 'why; it is signed and kept as evidence')
    .requiredOption('--as <person>', 'who you are, by the id in site.yaml')
    .requiredOption(
      '--key <file>',
      'your armored private key; its passphrase is asked, or read from the file in COFFERDAM_PASSPHRASE_FILE',
    );
}
