import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface VirtualRowsProps<Item> {
	readonly items: readonly Item[];
	readonly rowHeight: number;
	/** Index of the row that the keyboard has selected; it is scrolled into view. */
	readonly selected: number;
	readonly renderRow: (item: Item, index: number) => ComponentChildren;
	readonly onVisible: (items: readonly Item[]) => void;
	/** Stays above the rows while they scroll. */
	readonly head: ComponentChildren;
}

/** Rows above and below the visible ones, so that fast scrolling shows no gap. */
const OVERSCAN_ROWS = 8;

/** Renders the visible rows of a long list only. */
export function VirtualRows<Item>({
	items,
	rowHeight,
	selected,
	renderRow,
	onVisible,
	head,
}: VirtualRowsProps<Item>) {
	const scroller = useRef<HTMLDivElement>(null);
	const [view, setView] = useState({ top: 0, height: 800 });

	useLayoutEffect(() => {
		const element = scroller.current;
		if (element === null) return undefined;
		const measure = () => setView({ top: element.scrollTop, height: element.clientHeight });
		const observer = new ResizeObserver(measure);
		observer.observe(element);
		element.addEventListener('scroll', measure, { passive: true });
		return () => {
			observer.disconnect();
			element.removeEventListener('scroll', measure);
		};
	}, []);

	useEffect(() => {
		const element = scroller.current;
		if (element === null || selected < 0) return;
		const top = selected * rowHeight;
		if (top < element.scrollTop) element.scrollTop = top;
		const bottom = top + rowHeight + headHeight(element) - element.clientHeight;
		if (bottom > element.scrollTop) element.scrollTop = bottom;
	}, [selected, rowHeight]);

	const first = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN_ROWS);
	const last = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN_ROWS);
	const shown = items.slice(first, last);
	useEffect(() => onVisible(shown), [first, last, items]);

	return (
		<div class="rows" role="presentation" ref={scroller}>
			{head}
			<div class="rows-space" role="rowgroup" style={{ height: `${items.length * rowHeight}px` }}>
				<div role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
					{shown.map((item, index) => renderRow(item, first + index))}
				</div>
			</div>
		</div>
	);
}

function headHeight(scroller: HTMLElement): number {
	const head = scroller.firstElementChild;
	return head instanceof HTMLElement ? head.offsetHeight : 0;
}
