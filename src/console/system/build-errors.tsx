import { ErrorNotice } from '../parts/notice.tsx';
import { usePolling } from '../parts/polling.ts';
import { readBuildErrors } from './local-stack.ts';

const POLL_MS = 2000;

/** The errors of a change that `npm run dev` could not apply, until they are corrected. */
export function BuildErrors() {
	const { value: errors = [] } = usePolling(readBuildErrors, () => POLL_MS, 'build');
	if (errors.length === 0) return null;
	return (
		<div class="banner">
			<ErrorNotice>
				<strong>The sources have errors. The previous build is still running.</strong>
				<pre class="build-errors">{errors.join('\n')}</pre>
			</ErrorNotice>
		</div>
	);
}
