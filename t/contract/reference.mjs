// reference.mjs: the reference at /api/docs as a person uses it: signs in by "Authorize", opens an
// operation, fills in what its example cannot know, and presses "Execute".
import { base } from '../api/support/client.mjs';

const server = base.href.replace(/\/$/, '');

export class Reference {
	#page;
	#token;
	#tag;

	constructor(page) {
		this.#page = page;
	}

	/** Opens the page. `change` is given the text of the document that it asks for. */
	async open(change) {
		await this.#page.route(`${server}/api/openapi.json`, async (route) => {
			const response = await route.fetch();

			await route.fulfill({ response, body: change(await response.text()) });
		}, { times: 1 });
		await this.#page.goto(`${server}/api/docs/reference`);
		await this.#page.locator('.opblock-tag').first().waitFor();
	}

	/** Sends what follows with this token, or with none. */
	async authorize(token) {
		if (token === this.#token)
			return;
		const form = this.#page.locator('.auth-container', { has: this.#page.locator('h4 code', { hasText: /^key$/ }) });

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

	/** Shows the operations of this tag, and of no other. */
	async #show(tag) {
		for (const shown of [this.#tag, tag].filter((one) => one !== undefined && this.#tag !== tag))
			await this.#page.locator(`[id="operations-tag-${shown.replaceAll(' ', '_')}"] button`).dispatchEvent('click');
		this.#tag = tag;
	}

	/**
	 * Executes an operation with its example, but for `parameters` ({ name, in, value }) and the
	 * `body`. Resolves to what the page sent and was answered, and to the status that it shows.
	 */
	async execute({ id, operation }, { parameters, body }) {
		const block = this.#page.locator(`.opblock[id$="-${id}"]`);
		const arrow = block.locator('.opblock-control-arrow');

		const ph=(globalThis.PH??={}); let t=Date.now(); const lap=(k)=>{const n=Date.now(); ph[k]=(ph[k]??0)+n-t; t=n;};
		await this.#show(operation.tags[0]);
lap('tag');		// Keys, because a pointer moves over buttons that light up one after the other.
		await arrow.dispatchEvent('click');
lap('open');
		for (const { name, in: place, value } of parameters)
			await block.locator(`[data-param-name="${name}"][data-param-in="${place}"] input`).fill(value);
		if (body !== undefined)
			await block.locator('.body-param textarea').fill(body);
lap('fill');		const [answer] = await Promise.all([
			this.#page.waitForResponse((response) => response.request().resourceType() === 'fetch'),
			block.locator('.execute').press('Enter'),
		]);
lap('execute');		const { 'x-request-id': requestId } = answer.headers();
		const status = await block.locator('.live-responses-table .response', { hasText: requestId })
			.locator('.response-col_status').innerText();

lap('status');		await arrow.dispatchEvent('click'); lap('close');
		await block.locator('.execute').waitFor({ state: 'detached' });
lap('detached');		return { answer, status };
	}
}
