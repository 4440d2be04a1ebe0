// Ticking symptoms: "none" clears the others, and the two fevers exclude each other.

export const SYMPTOMS = ['fever_low', 'fever', 'dry_cough', 'fatigue', 'short_breath', 'gastric', 'conjunctivitis', 'other'] as const;

/** What is ticked after `symptom` was ticked or taken back; null stands for "none" having been chosen. */
export function tick(ticked: readonly string[], symptom: string | null): string[] {
	if (symptom === null) return [];
	if (ticked.includes(symptom)) return ticked.filter((one) => one !== symptom);
	const excluded = symptom === 'fever' ? 'fever_low' : symptom === 'fever_low' ? 'fever' : '';
	return [...ticked.filter((one) => one !== excluded), symptom];
}
