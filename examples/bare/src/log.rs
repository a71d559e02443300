//! defmt's transport: each frame is a line of hexadecimal digits on QEMU's standard output.

use core::cell::UnsafeCell;

use semihosting::println;

/// The longest frame; what is behind that is lost, as the digits show.
const ROOM: usize = 512;

struct Frame {
    bytes: UnsafeCell<([u8; ROOM], usize)>,
}

// SAFETY: one core, and nothing logs in an interrupt: there are none.
unsafe impl Sync for Frame {}

static FRAME: Frame = Frame {
    bytes: UnsafeCell::new(([0; ROOM], 0)),
};

#[defmt::global_logger]
struct Lines;

// SAFETY: defmt acquires, writes and releases in this order, and nobody can come between.
unsafe impl defmt::Logger for Lines {
    fn acquire() {
        // SAFETY: as above; no reference outlives a call.
        unsafe { (*FRAME.bytes.get()).1 = 0 }
    }

    unsafe fn flush() {}

    unsafe fn release() {
        // SAFETY: as above.
        let (bytes, length) = unsafe { &*FRAME.bytes.get() };
        let mut digits = [0u8; 2 * ROOM];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(&bytes[..*length]) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        println!(
            "defmt {}",
            core::str::from_utf8(&digits[..2 * length]).unwrap_or("?")
        );
    }

    unsafe fn write(written: &[u8]) {
        // SAFETY: as above.
        let (bytes, length) = unsafe { &mut *FRAME.bytes.get() };
        for byte in written {
            if let Some(room) = bytes.get_mut(*length) {
                *room = *byte;
                *length += 1;
            }
        }
    }
}
