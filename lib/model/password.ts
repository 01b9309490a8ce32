/** What a new password must be like: the BMC's own rules, else its maker's, within what IPMI can carry. */
export interface PasswordRules {
  readonly minLength: number;
  readonly maxLength: number;
  /** At least one character of each. */
  readonly classes: readonly CharacterClass[];
}

export const CHARACTER_CLASSES = ['lower', 'upper', 'digit', 'special'] as const;
export type CharacterClass = (typeof CHARACTER_CLASSES)[number];
