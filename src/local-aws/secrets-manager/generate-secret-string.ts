import * as Type from 'typebox';
import { AwsError } from '../endpoint/service.ts';

/** CloudFormation's GenerateSecretString; all but the template is GetRandomPassword's input too. */
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

/** An integer from 0 up to, but not, `below`. */
export type RandomInteger = (below: number) => number;

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const UPPERCASE = LOWERCASE.toUpperCase();
const NUMBERS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/** A password, or, with a template, the template's JSON object with the password under GenerateStringKey. */
export function generateSecretString(wanted: GenerateSecretString, randomInteger: RandomInteger): string {
	const { SecretStringTemplate, GenerateStringKey } = wanted;
	const password = generatePassword(wanted, randomInteger);
	if (SecretStringTemplate === undefined || GenerateStringKey === undefined) return password;
	const template: object = JSON.parse(SecretStringTemplate);
	return JSON.stringify({ ...template, [GenerateStringKey]: password });
}

/** 32 characters of every kind but the space, unless it is told otherwise. */
export function generatePassword(wanted: GenerateSecretString, randomInteger: RandomInteger): string {
	const { PasswordLength: length = 32, RequireEachIncludedType: requireEach = true } = wanted;
	const kinds = characterKinds(wanted);
	const all = kinds.join('');
	if (all === '' || (requireEach && kinds.length > length)) {
		throw new AwsError('InvalidParameterException', 'The password cannot be made of the characters left.');
	}
	const pick = (characters: string) => characters.charAt(randomInteger(characters.length));
	const required = requireEach ? kinds.map(pick) : [];
	const others = Array.from({ length: length - required.length }, () => pick(all));
	return shuffle([...required, ...others], randomInteger).join('');
}

function characterKinds(wanted: GenerateSecretString): string[] {
	const excluded = new Set(wanted.ExcludeCharacters);
	return [
		wanted.ExcludeLowercase ? '' : LOWERCASE,
		wanted.ExcludeUppercase ? '' : UPPERCASE,
		wanted.ExcludeNumbers ? '' : NUMBERS,
		wanted.ExcludePunctuation ? '' : PUNCTUATION,
		wanted.IncludeSpace ? ' ' : '',
	]
		.map((characters) =>
			Array.from(characters)
				.filter((character) => !excluded.has(character))
				.join(''),
		)
		.filter((characters) => characters !== '');
}

/** Takes the characters out one by one, so that the required ones do not stand in front. */
function shuffle(characters: readonly string[], randomInteger: RandomInteger): string[] {
	const left = [...characters];
	return characters.flatMap(() => left.splice(randomInteger(left.length), 1));
}
