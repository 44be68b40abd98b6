import type { BuildAppOptions } from 'fauxqs';

/** The stores of fauxqs. */
export type Stores = NonNullable<BuildAppOptions['stores']>;

/** fauxqs's persistence, which its types do not export. */
type Persistence = NonNullable<Stores['sqsStore']['persistence']>;
type PersistenceClass = new (folder: string) => Persistence;

/** Loads a file that fauxqs does not export; the pinned version has it. */
export const loadFauxqs = (file: string) => import(new URL(file, import.meta.resolve('fauxqs')).href);

/**
 * Opens fauxqs's stores, on disk if a folder is given.
 * fauxqs's own `startFauxqs` listens on all interfaces, which would expose the laptop.
 */
export async function openFauxqsStores(
	dataDir: string | undefined,
): Promise<{ stores: Stores; close: () => void }> {
	const { SqsStore }: { SqsStore: new () => Stores['sqsStore'] } = await loadFauxqs('sqs/sqsStore.js');
	const { SnsStore }: { SnsStore: new () => Stores['snsStore'] } = await loadFauxqs('sns/snsStore.js');
	const { S3Store }: { S3Store: new () => Stores['s3Store'] } = await loadFauxqs('s3/s3Store.js');
	const stores = { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
	if (dataDir === undefined) return { stores, close: () => undefined };

	const { PersistenceManager }: { PersistenceManager: PersistenceClass } = await loadFauxqs('persistence.js');
	const persistence = new PersistenceManager(dataDir);
	persistence.load(stores.sqsStore, stores.snsStore, stores.s3Store);
	// 2.4.1 writes nulls here where its table takes none. On disk the message may stay in flight: a boot makes it ready.
	persistence.updateMessageReady = () => undefined;
	stores.sqsStore.persistence = persistence;
	stores.snsStore.persistence = persistence;
	stores.s3Store.persistence = persistence;
	for (const queue of stores.sqsStore.allQueues()) queue.persistence = persistence;
	return { stores, close: () => persistence.close() };
}
