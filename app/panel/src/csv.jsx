// csv.jsx: the whole list as a file, filtered as it stands on the screen, by the ids of its rows.
import { useState } from 'react';
import { Button, useDataProvider, useListContext } from 'react-admin';
import Download from '@mui/icons-material/Download';

import { useComplain } from './questions.jsx';

function save(blob, name) {
	const link = document.createElement('a');

	link.href = URL.createObjectURL(blob);
	link.download = name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function CsvButton() {
	const { resource, filterValues: filter } = useListContext();
	const [busy, setBusy] = useState(false);
	const data = useDataProvider();
	const complain = useComplain();
	const fetchIt = async () => {
		setBusy(true);
		await data
			.csv(resource, { filter })
			.then(
				(blob) => save(blob, `${resource}-${new Date().toISOString().slice(0, 10)}.csv`),
				complain
			);
		setBusy(false);
	};

	return (
		<Button label="hob.csv" onClick={fetchIt} disabled={busy}>
			<Download />
		</Button>
	);
}
