//! The memory functions that any firmware has already; larder is not charged for them.

macro_rules! functions {
    ($($name:ident)*) => {
        unsafe extern "C" {
            $(fn $name();)*
        }

        /// Links them: using their addresses is enough.
        pub fn link() {
            $(crate::inputs::give($name as *const () as usize as u32);)*
        }
    };
}

functions! {
    memcpy memmove memset memcmp
    // the same, by the names and alignments of the processor's ABI
    __aeabi_memcpy __aeabi_memcpy4 __aeabi_memcpy8
    __aeabi_memmove __aeabi_memmove4 __aeabi_memmove8
    __aeabi_memset __aeabi_memset4 __aeabi_memset8
    __aeabi_memclr __aeabi_memclr4 __aeabi_memclr8
}
