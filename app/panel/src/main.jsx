// main.jsx: puts the panel on the page.
import { CacheProvider } from '@emotion/react';
import { createRoot } from 'react-dom/client';

import { App } from './app.jsx';
import { cache } from './sheet.js';

createRoot(document.getElementById('panel')).render(
	<CacheProvider value={cache}>
		<App />
	</CacheProvider>
);
