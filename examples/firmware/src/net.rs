//! The LM3S6965's Ethernet controller as an embassy-net driver; polled, no interrupts.
//!
//! Every `unsafe` block here reads or writes a register of that controller, at an address that
//! its data sheet gives; nothing else in the image touches them.

use core::task::Context;
use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState};

const BASE: usize = 0x4004_8000;
const RCTL: usize = 0x08; // receive control: RXEN 0x01, AMUL 0x02, RSTFIFO 0x10
const TCTL: usize = 0x0c; // transmit control: TXEN 0x01, PADEN 0x02, CRC 0x04, DUPLEX 0x10
const DATA: usize = 0x10; // both FIFOs
const IA0: usize = 0x14; // station address
const IA1: usize = 0x18;
const NP: usize = 0x34; // frames waiting in the receive FIFO
const TR: usize = 0x38; // bit 0: transmit what the FIFO holds; reads 1 while busy
const MTU: usize = 1514;

fn read(reg: usize) -> u32 {
    unsafe { ((BASE + reg) as *const u32).read_volatile() }
}
fn write(reg: usize, v: u32) {
    unsafe { ((BASE + reg) as *mut u32).write_volatile(v) }
}

pub struct Nic(());

impl Nic {
    /// # Safety
    /// Call once: the registers are shared by all `Nic`s.
    pub unsafe fn new() -> Self {
        unsafe {
            let rcgc2 = 0x400f_e108 as *mut u32; // clocks of EMAC0 and EPHY0
            rcgc2.write_volatile(rcgc2.read_volatile() | 1 << 28 | 1 << 30);
        }
        write(RCTL, 0x10);
        write(RCTL, 0x01 | 0x02);
        write(TCTL, 0x01 | 0x02 | 0x04 | 0x10);
        Nic(())
    }
}

pub struct Rx([u8; MTU], usize);
pub struct Tx(());

impl Driver for Nic {
    type RxToken<'a> = Rx;
    type TxToken<'a> = Tx;

    fn receive(&mut self, cx: &mut Context) -> Option<(Rx, Tx)> {
        cx.waker().wake_by_ref();
        if read(NP) & 0x3f == 0 {
            return None;
        }
        // the first half-word is the whole length: itself (2) + the frame + its CRC (4)
        let first = read(DATA);
        let total = (first & 0xffff) as usize;
        let len = total.saturating_sub(6);
        let mut rx = Rx([0; MTU], len.min(MTU));
        let mut put = |at: usize, b: u8| {
            if at < len && at < MTU {
                rx.0[at] = b
            }
        };
        put(0, (first >> 16) as u8);
        put(1, (first >> 24) as u8);
        for w in 1..total.div_ceil(4) {
            for (i, b) in read(DATA).to_le_bytes().into_iter().enumerate() {
                put(w * 4 - 2 + i, b);
            }
        }
        Some((rx, Tx(())))
    }
    fn transmit(&mut self, _: &mut Context) -> Option<Tx> {
        (read(TR) & 1 == 0).then_some(Tx(()))
    }
    fn link_state(&mut self, _: &mut Context) -> LinkState {
        LinkState::Up
    }
    fn capabilities(&self) -> Capabilities {
        let mut c = Capabilities::default();
        c.max_transmission_unit = MTU;
        c.max_burst_size = Some(1);
        c
    }
    fn hardware_address(&self) -> HardwareAddress {
        let (a, b) = (read(IA0).to_le_bytes(), read(IA1).to_le_bytes());
        HardwareAddress::Ethernet([a[0], a[1], a[2], a[3], b[0], b[1]])
    }
}

impl embassy_net_driver::RxToken for Rx {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(mut self, f: F) -> R {
        f(&mut self.0[..self.1])
    }
}

impl embassy_net_driver::TxToken for Tx {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut buf = [0u8; MTU + 2];
        let r = f(&mut buf[2..2 + len]);
        // the first half-word is the payload's length, without the 14 bytes of header
        buf[..2].copy_from_slice(&(len.saturating_sub(14) as u16).to_le_bytes());
        for w in buf[..2 + len].chunks(4) {
            let mut word = [0u8; 4];
            word[..w.len()].copy_from_slice(w);
            write(DATA, u32::from_le_bytes(word));
        }
        write(TR, 1);
        r
    }
}
