// Finds a QR code in a picture of the camera: by the browser itself where it can, else by jsQR.

/** The page looks at its camera again so long after the last look. */
export const EVERY_MS = 120;

export type Decoder = (video: HTMLVideoElement) => Promise<string | null>;

interface NativeDetector {
	detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
interface NativeDetectors {
	new (options: { formats: string[] }): NativeDetector;
	getSupportedFormats(): Promise<string[]>;
}

async function native(): Promise<Decoder | null> {
	const detectors = (globalThis as { BarcodeDetector?: NativeDetectors }).BarcodeDetector;
	const formats: string[] = (await detectors?.getSupportedFormats().catch(() => [])) ?? [];
	if (!detectors || !formats.includes('qr_code')) return null;
	const detector = new detectors({ formats: ['qr_code'] });
	return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
}

async function own(): Promise<Decoder> {
	const { default: jsQR } = await import('jsqr');
	const canvas = document.createElement('canvas');
	const context = canvas.getContext('2d', { willReadFrequently: true });
	return async (video) => {
		if (!context || video.videoWidth === 0) return null;
		// The middle square is enough, and quick.
		const size = Math.min(video.videoWidth, video.videoHeight, 720);
		[canvas.width, canvas.height] = [size, size];
		const side = Math.min(video.videoWidth, video.videoHeight);
		context.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, size, size);
		const found = jsQR(context.getImageData(0, 0, size, size).data, size, size, { inversionAttempts: 'dontInvert' });
		return found?.data || null;
	};
}

export async function makeDecoder(): Promise<Decoder> {
	return (await native()) ?? own();
}
