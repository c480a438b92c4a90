// vite.config.js: `vite build` writes build/panel, which nginx serves at /admin/. Nothing is inlined, for the policy
// of these pages allows what comes from their own origin and nothing else.
import { notices } from './notices.js';

const stack = process.env.HOB_URL ?? 'https://127.0.0.1:8443';

export default {
	base: '/admin/',
	esbuild: { jsx: 'automatic', legalComments: 'none' },
	build: {
		outDir: '../../build/panel',
		emptyOutDir: true,
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		chunkSizeWarningLimit: 2000,
		rollupOptions: {
			// "use client" means something to servers that draw pages, of which there is none.
			onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
			output: {
				// What changes with react-admin, and what changes with us.
				manualChunks: (id) => (id.includes('node_modules') ? 'vendor' : undefined),
			},
		},
	},
	plugins: [notices()],
	// The staff API takes calls from its own origin alone.
	server: { proxy: { '/api': { target: stack, secure: false, changeOrigin: true, headers: { Origin: stack } } } },
};
