/** Paths on a grid of 16, drawn with the current colour. */
const PATHS = {
	check: 'M3.5 8.5l3 3 6-7',
	cross: 'M4.5 4.5l7 7m0-7l-7 7',
	clock: 'M8 4.5V8l2.3 1.6M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
	pause: 'M6 4.5v7m4-7v7',
	stop: 'M5 5h6v6H5z',
	play: 'M5.5 3.8v8.4L12 8z',
	retry: 'M12.5 8A4.5 4.5 0 1 1 11 4.6M11 2.2v2.6H8.4',
	shield: 'M8 2.2l5 1.9v3.7c0 3-2.1 5-5 6-2.9-1-5-3-5-6V4.100z',
	dot: 'M8 7.500a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1z',
	minus: 'M4 8h8',
	plus: 'M8 3.500v9M3.500 8h9',
	search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zm3.300-1.200l3.200 3.200',
	copy: 'M5.500 5.500V3.500a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2m-7-5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1z',
	chevron: 'M6 3.500L10.500 8 6 12.500',
	hourglass:
		'M4.500 2.500h7m-7 11h7M5.500 2.500c0 3 5 4 5 5.500s-5 2.500-5 5.500m5-11c0 3-5 4-5 5.500s5 2.500 5 5.500',
	branch: 'M4.500 2.500v11M4.500 6c0 2 7 1 7 4v3.500',
	layers: 'M8 2.500l6 3-6 3-6-3zM2 8.500l6 3 6-3',
	split: 'M8 2.500v3m0 0c0 3-4.500 2-4.500 5v3M8 5.500c0 3 4.500 2 4.500 5v3',
	bolt: 'M9 2L3.500 9H8l-1 5 5.500-7H8z',
	skip: 'M3 8h2m2 0h2m2 0h2',
	sun: 'M8 5.200a2.800 2.800 0 1 0 0 5.600 2.800 2.800 0 0 0 0-5.600zM8 1.500v1.200m0 10.600v1.200M1.500 8h1.200m10.600 0h1.200M3.400 3.400l.9.900m7.400 7.400l.9.900m0-9.200l-.9.900m-7.400 7.400l-.9.900',
	moon: 'M13 9.500A5.500 5.500 0 0 1 6.500 3 5.500 5.500 0 1 0 13 9.500z',
	auto: 'M8 2.500v11M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z',
	link: 'M6.500 3.500H3.500v9h9v-3M9 3h4v4m0-4L7.500 8.500',
	trash: 'M3 4.500h10M6.500 4.500v-2h3v2m2.500 0l-.6 9H4.600l-.6-9',
	warning: 'M8 2.500l6 11H2zM8 6.500v3.200m0 1.600v.2',
} as const;

/** Name of an icon. */
export type IconName = keyof typeof PATHS;

/** A decorative icon; the text beside it carries the meaning. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
	return (
		<svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
			<path d={PATHS[name]} />
		</svg>
	);
}
