// app.jsx: the panel. Which entities there are says the server, once somebody has signed in.
import { Admin, CustomRoutes, Resource } from 'react-admin';
import { QueryClient } from '@tanstack/react-query';
import { Route } from 'react-router-dom';

import { authProvider } from './auth.js';
import { Dashboard } from './dashboard.jsx';
import { dataProvider } from './data.js';
import { EntityCreate, EntityEdit } from './form.jsx';
import { i18nProvider } from './i18n.js';
import { PanelLayout } from './layout.jsx';
import { EntityList } from './list.jsx';
import { Login } from './login.jsx';
import { Mode } from './mode.jsx';
import { Search } from './search.jsx';
import { EntityShow } from './show.jsx';
import { lookStore } from './store.js';
import { dark, light } from './theme.js';

const store = lookStore();
const i18n = i18nProvider(store.getItem('locale'));

/** call.js knows what to ask for again. */
const queryClient = new QueryClient({ defaultOptions: { queries: { refetchOnWindowFocus: false, retry: false } } });

const resourceOf = ({ name, may, title_field: title }) => (
	<Resource
		key={name}
		name={name}
		recordRepresentation={(record) => String(record[title] ?? record.id)}
		list={may.read ? EntityList : undefined}
		show={may.read ? EntityShow : undefined}
		edit={may.update ? EntityEdit : undefined}
		create={may.create ? EntityCreate : undefined}
	/>
);

/** Before anybody has signed in there is nothing but the way in. */
const resources = (entities) => [
	...(entities ?? []).map(resourceOf),
	<CustomRoutes key="pages">
		<Route path="/search" element={<Search />} />
		<Route path="/mode" element={<Mode />} />
	</CustomRoutes>,
];

export const App = () => (
	<Admin
		authProvider={authProvider}
		dataProvider={dataProvider}
		i18nProvider={i18n}
		queryClient={queryClient}
		store={store}
		lightTheme={light}
		darkTheme={dark}
		layout={PanelLayout}
		dashboard={Dashboard}
		loginPage={Login}
		requireAuth
		disableTelemetry
		title="Hob"
	>
		{resources}
	</Admin>
);
