//! One image: a reset vector, unknown inputs, and what the chosen feature uses of the core.

#![no_std]
#![no_main]

#[cfg(any(feature = "elsewhere", all(feature = "slots", not(feature = "client"))))]
mod decision;
#[cfg(any(feature = "elsewhere", all(feature = "slots", not(feature = "client"))))]
mod driver;
#[cfg(feature = "elsewhere")]
mod elsewhere;
#[cfg(feature = "everything")]
mod extras;
#[cfg(feature = "fields")]
mod fields;
mod inputs;
mod memory;
#[cfg(feature = "network")]
mod network;
#[cfg(feature = "states")]
mod states;

unsafe extern "C" {
    /// Defined nowhere: an image links only when the compiler has proven that nothing calls it.
    #[cfg(not(feature = "located"))]
    safe fn larder_panic_linked() -> !;
}

/// Defined after all, for an image whose panics are to be traced.
#[cfg(feature = "located")]
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn larder_panic_linked() -> ! {
    loop {
        inputs::give(0);
    }
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    // Else the kinds of panics become one function.
    #[cfg(feature = "kinds")]
    inputs::give_bytes(_info.message().as_str().unwrap_or("").as_bytes());
    larder_panic_linked()
}

#[unsafe(link_section = ".vector_table.reset")]
#[used]
static RESET: extern "C" fn() -> ! = reset;

/// Every shape reads the inputs and has the memory functions, so that the difference between two is larder's own.
extern "C" fn reset() -> ! {
    memory::link();
    let mut raw = inputs::Raw::new();
    #[cfg(feature = "slots")]
    let mut store = larder::store::slots::SlotStore::<4, 512, 1024>::new(inputs::word().into());
    loop {
        let given = inputs::Given::read();
        let inputs = raw.read();
        use_up(&inputs, &given);
        #[cfg(feature = "states")]
        states::exercise(&inputs, &given);
        #[cfg(feature = "elsewhere")]
        driver::exercise(&inputs, &given, &mut elsewhere::Elsewhere);
        #[cfg(all(feature = "slots", not(feature = "client")))]
        driver::exercise(&inputs, &given, &mut store);
        #[cfg(feature = "client")]
        network::client(&inputs, &given, &mut store);
        #[cfg(feature = "poller")]
        network::poller(&inputs, &given);
        #[cfg(feature = "fields")]
        fields::exercise(&inputs);
        #[cfg(feature = "planted")]
        inputs::give(inputs.method.as_bytes()[inputs::word() as usize].into());
    }
}

/// Keeps every input alive, whatever else uses it.
#[inline(never)]
fn use_up(inputs: &inputs::Inputs<'_>, given: &inputs::Given) {
    core::hint::black_box(given);
    inputs::give_bytes(inputs.method.as_bytes());
    inputs::give_bytes(inputs.uri.as_bytes());
    inputs::give(u32::from(inputs.status));
    for (name, value) in inputs.request.iter().chain(&inputs.response) {
        inputs::give_bytes(name);
        inputs::give_bytes(value);
    }
}
