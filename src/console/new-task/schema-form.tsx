import { useId } from 'preact/hooks';
import { Button, IconButton } from '../parts/buttons.tsx';
import { displayText } from '../parts/display-text.ts';
import { exampleValue, type JsonSchema, objectOf } from './json-schema.ts';

/** A fault of a rejected request and the path of the member that it is about. */
export interface FieldFault {
	/** Member names joined by dots: `items.0.sku`. */
	readonly path: string;
	readonly message: string;
}

interface FieldProps {
	readonly schema: JsonSchema;
	readonly value: unknown;
	readonly onChange: (value: unknown) => void;
	readonly path: string;
	readonly label: string;
	readonly isRequired: boolean;
	readonly faults: readonly FieldFault[];
}

/** The fields of an object, made from its schema. */
export function SchemaForm(props: Omit<FieldProps, 'label' | 'isRequired'>) {
	const { schema, value, onChange, path, faults } = props;
	const members = objectOf(value);
	return (
		<>
			{Object.entries(schema.properties ?? {}).map(([name, property]) => (
				<Field
					key={name}
					schema={property}
					value={members[name]}
					label={name}
					path={path === '' ? name : `${path}.${name}`}
					isRequired={schema.required?.includes(name) === true}
					faults={faults}
					onChange={(changed) => onChange(withMember(members, name, changed))}
				/>
			))}
		</>
	);
}

/** An optional member that is emptied is left out. */
function withMember(members: Readonly<Record<string, unknown>>, name: string, value: unknown) {
	const { [name]: _, ...others } = members;
	return value === undefined ? others : { ...members, [name]: value };
}

function Field(props: FieldProps) {
	switch (props.schema.type) {
		case 'object':
			return <ObjectField {...props} />;
		case 'array':
			return <ListField {...props} />;
		case undefined:
		default:
			return <SimpleField {...props} />;
	}
}

function ObjectField({ label, ...props }: FieldProps) {
	return (
		<fieldset class="fieldset">
			<legend>{label}</legend>
			<Faults of={props.path} faults={props.faults} />
			<SchemaForm {...props} />
		</fieldset>
	);
}

function ListField({ schema, value, onChange, path, label, faults }: FieldProps) {
	const items: readonly unknown[] = Array.isArray(value) ? value : [];
	const { items: itemSchema = {} } = schema;
	return (
		<fieldset class="fieldset">
			<legend>{label}</legend>
			{schema.description !== undefined && <p class="hint">{schema.description}</p>}
			<Faults of={path} faults={faults} />
			{items.map((item, index) => (
				<div class="list-item" key={index}>
					<Field
						schema={itemSchema}
						value={item}
						label={`${label} ${index + 1}`}
						path={`${path}.${index}`}
						isRequired
						faults={faults}
						onChange={(changed) => onChange(items.with(index, changed ?? ''))}
					/>
					<IconButton
						icon="trash"
						label={`Remove ${label} ${index + 1}`}
						onClick={() => onChange(items.toSpliced(index, 1))}
					/>
				</div>
			))}
			<Button kind="quiet" icon="plus" onClick={() => onChange([...items, exampleValue(itemSchema)])}>
				Add
			</Button>
		</fieldset>
	);
}

/** Texts that may be longer than this get more than one line. */
const LONG_TEXT_CHARACTERS = 500;

function SimpleField({ schema, value, onChange, path, label, isRequired, faults }: FieldProps) {
	const id = useId();
	const own = faults.filter((fault) => fault.path === path);
	const common = {
		id,
		'aria-invalid': own.length > 0,
		'aria-describedby': `${id}-hint`,
	};
	return (
		<div class="field">
			<label for={id}>
				{label}
				{!isRequired && <span class="muted"> optional</span>}
			</label>
			<Input schema={schema} value={value} onChange={onChange} isRequired={isRequired} attributes={common} />
			<div id={`${id}-hint`}>
				<Faults of={path} faults={faults} />
				{schema.description !== undefined && <p class="hint">{schema.description}</p>}
			</div>
		</div>
	);
}

interface InputProps extends Pick<FieldProps, 'schema' | 'value' | 'onChange' | 'isRequired'> {
	readonly attributes: object;
}

function Input({ schema, value, onChange, isRequired, attributes }: InputProps) {
	const { type, enum: choices, maxLength = 0, minimum, maximum } = schema;
	const setText = (text: string) => onChange(text === '' && !isRequired ? undefined : text);
	if (choices !== undefined)
		return (
			<select
				{...attributes}
				value={displayText(value ?? '')}
				onChange={({ currentTarget }) => setText(currentTarget.value)}
			>
				{!isRequired && <option value="" />}
				{choices.map((choice) => (
					<option key={displayText(choice)}>{displayText(choice)}</option>
				))}
			</select>
		);
	if (type === 'boolean')
		return (
			<input
				{...attributes}
				type="checkbox"
				checked={value === true}
				onChange={({ currentTarget }) => onChange(currentTarget.checked)}
			/>
		);
	if (type === 'integer' || type === 'number')
		return (
			<input
				{...attributes}
				type="number"
				step={type === 'integer' ? 1 : 'any'}
				min={minimum}
				max={maximum}
				value={typeof value === 'number' ? value : ''}
				onInput={({ currentTarget }) =>
					onChange(Number.isNaN(currentTarget.valueAsNumber) ? undefined : currentTarget.valueAsNumber)
				}
			/>
		);
	const text = typeof value === 'string' ? value : '';
	return maxLength > LONG_TEXT_CHARACTERS ? (
		<textarea
			{...attributes}
			rows={3}
			value={text}
			onInput={({ currentTarget }) => setText(currentTarget.value)}
		/>
	) : (
		<input
			{...attributes}
			type="text"
			value={text}
			onInput={({ currentTarget }) => setText(currentTarget.value)}
		/>
	);
}

function Faults({ of: path, faults }: { readonly of: string; readonly faults: readonly FieldFault[] }) {
	return (
		<>
			{faults
				.filter((fault) => fault.path === path)
				.map(({ message }) => (
					<p class="fault" role="alert" key={message}>
						{message}
					</p>
				))}
		</>
	);
}
