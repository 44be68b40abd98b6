declare module 'asl-validator' {
	/** Says whether a definition is in the Amazon States Language; it changes what it is given. */
	export default function validate(definition: object): { readonly isValid: boolean };
}
