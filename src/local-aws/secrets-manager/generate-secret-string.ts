import * as Type from 'typebox';
import { AwsError } from '../endpoint/service.ts';

/** CloudFormation's GenerateSecretString. Without the template, it is also the input of GetRandomPassword. */
export const GenerateSecretString = Type.Object({
	PasswordLength: Type.Optional(Type.Integer({ minimum: 1, maximum: 4096 })),
	ExcludeCharacters: Type.Optional(Type.String({ maxLength: 4096 })),
	ExcludeLowercase: Type.Optional(Type.Boolean()),
	ExcludeUppercase: Type.Optional(Type.Boolean()),
	ExcludeNumbers: Type.Optional(Type.Boolean()),
	ExcludePunctuation: Type.Optional(Type.Boolean()),
	IncludeSpace: Type.Optional(Type.Boolean()),
	RequireEachIncludedType: Type.Optional(Type.Boolean()),
	SecretStringTemplate: Type.Optional(Type.String()),
	GenerateStringKey: Type.Optional(Type.String()),
});

export type GenerateSecretString = Type.Static<typeof GenerateSecretString>;

/** Returns a random integer from 0 (inclusive) to `below` (exclusive). */
export type RandomInteger = (below: number) => number;

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const UPPERCASE = LOWERCASE.toUpperCase();
const NUMBERS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** Generates a password. With a template, returns the template's JSON object with the password as GenerateStringKey. */
export function generateSecretString(options: GenerateSecretString, randomInteger: RandomInteger): string {
	const { SecretStringTemplate, GenerateStringKey } = options;
	const password = generatePassword(options, randomInteger);
	if (SecretStringTemplate === undefined || GenerateStringKey === undefined) return password;
	const template: object = JSON.parse(SecretStringTemplate);
	return JSON.stringify({ ...template, [GenerateStringKey]: password });
}

/**
 * Generates a password; the default is 32 characters of all types without the space.
 *
 * @throws AwsError `InvalidParameterException` if the options exclude too many characters.
 */
export function generatePassword(options: GenerateSecretString, randomInteger: RandomInteger): string {
	const { PasswordLength: length = 32, RequireEachIncludedType: requiresEach = true } = options;
	const types = characterTypes(options);
	const all = types.join('');
	if (all === '' || (requiresEach && types.length > length)) {
		throw new AwsError(
			'InvalidParameterException',
			'The remaining characters are not sufficient for the password.',
		);
	}
	const pick = (characters: string) => characters.charAt(randomInteger(characters.length));
	const required = requiresEach ? types.map(pick) : [];
	const others = Array.from({ length: length - required.length }, () => pick(all));
	return shuffle([...required, ...others], randomInteger).join('');
}

function characterTypes(options: GenerateSecretString): string[] {
	const excluded = new Set(options.ExcludeCharacters);
	return [
		options.ExcludeLowercase ? '' : LOWERCASE,
		options.ExcludeUppercase ? '' : UPPERCASE,
		options.ExcludeNumbers ? '' : NUMBERS,
		options.ExcludePunctuation ? '' : PUNCTUATION,
		options.IncludeSpace ? ' ' : '',
	]
		.map((characters) =>
			Array.from(characters)
				.filter((character) => !excluded.has(character))
				.join(''),
		)
		.filter((characters) => characters !== '');
}

/** Moves the required characters from the start to random positions. */
function shuffle(characters: readonly string[], randomInteger: RandomInteger): string[] {
	const remaining = [...characters];
	return characters.flatMap(() => remaining.splice(randomInteger(remaining.length), 1));
}
