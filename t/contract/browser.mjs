// browser.mjs: Debian's Chromium, driven by playwright-core. Whatever a page complains of is kept.
import { chromium } from 'playwright-core';

const options = {
	executablePath: '/usr/bin/chromium',
	// Its sandbox and its shared memory want more than a container has; it opens pages of ours alone.
	args: ['--no-sandbox', '--disable-dev-shm-usage'],
};

/** { page, complaints, close }: errors of scripts, of the policy, and files that are not there. `how` is the browser's
 * language, its window and the like, as playwright has them. */
export async function browser(how = {}) {
	const started = await chromium.launch(options);
	const context = await started.newContext({ ignoreHTTPSErrors: true, ...how });
	const page = await context.newPage();
	const complaints = [];

	page.on('console', (message) => {
		if (message.type() === 'error')
			complaints.push(message.text());
	});
	page.on('pageerror', (error) => complaints.push(String(error)));
	return { page, complaints, close: () => started.close() };
}
