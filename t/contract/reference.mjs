// reference.mjs: the reference at /api/docs as a person uses it, who signs in by "Authorize", opens
// an operation, fills in what its example cannot know, and presses "Execute".
import { base } from '../api/support/client.mjs';

const server = base.href.replace(/\/$/, '');

export class Reference {
	#page;
	#token;
	#tag;

	constructor(page) {
		this.#page = page;
	}

	/** Opens the page. It is shown what `change` makes of the text of the document. */
	async open(change) {
		await this.#page.route(`${server}/api/openapi.json`, async (route) => {
			const response = await route.fetch();

			await route.fulfill({ response, body: change(await response.text()) });
		}, { times: 1 });
		await this.#page.goto(`${server}/api/docs/reference`);
		await this.#page.locator('.opblock-tag').first().waitFor();
	}

	/** From now on requests have this token, or none. */
	async authorize(token) {
		if (token === this.#token)
			return;
		const form = this.#page.locator('.auth-container').filter({ hasText: /^key/ });

		await this.#page.locator('.scheme-container .authorize').click();
		if (this.#token !== undefined)
			await form.getByText('Logout').click();
		if (token !== undefined) {
			await form.locator('input').fill(token);
			await form.getByText('Authorize', { exact: true }).click();
		}
		await form.getByText('Close').click();
		this.#token = token;
	}

	/** Shows the operations of this tag and of no other: Swagger UI draws all that are there at each change. */
	async #show(tag) {
		for (const one of tag === this.#tag ? [] : [this.#tag ?? [], tag].flat())
			await this.#page.locator(`.opblock-tag[data-tag="${one}"] button`).dispatchEvent('click');
		this.#tag = tag;
	}

	/**
	 * Executes an operation with its example, but for `parameters` ({ name, in, value }) and the
	 * `body`, or the `file` that is one. Resolves to what the page was answered, and to the status
	 * that it shows of that.
	 */
	async execute({ id, operation }, { parameters, body, file }) {
		const block = this.#page.locator(`.opblock[id$="-${id}"]`);
		const arrow = block.locator('.opblock-control-arrow');

		await this.#show(operation.tags[0]);
		await arrow.dispatchEvent('click');
		for (const { name, in: place, value } of parameters)
			await block.locator(`[data-param-name="${name}"][data-param-in="${place}"] input`).fill(value);
		if (file !== undefined)
			await block.locator('.opblock-section-request-body input[type=file]').setInputFiles(file);
		else if (body !== undefined)
			await block.locator('.body-param textarea').fill(body);
		// By key: a pointer makes all it passes light up slowly.
		const [answer] = await Promise.all([
			this.#page.waitForResponse((response) => response.request().resourceType() === 'fetch'),
			block.locator('.execute').press('Enter'),
		]);
		const status = await block.locator('.live-responses-table .response')
			.filter({ hasText: answer.headers()['x-request-id'] })
			.locator('.response-col_status').innerText();

		await arrow.dispatchEvent('click');
		await block.locator('.execute').waitFor({ state: 'detached' });
		return { answer, status };
	}
}
