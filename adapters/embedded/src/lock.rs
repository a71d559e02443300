//! The lock that a store is behind.

use core::ops::DerefMut;

use larder::store::AsyncStore;

/// How a [`Client`](crate::Client) gets at its store. The guard is held for one step of the
/// store (a head, a piece of a body) and never while the network is waited for.
///
/// `&mut S` is the lock of a store that one client has for itself. With the feature
/// `embassy-sync`, `&Mutex<M, S>` is one for many: with `NoopRawMutex` on one executor, with
/// `CriticalSectionRawMutex` across cores.
pub trait StoreLock {
    /// The store.
    type Store: AsyncStore;
    /// Access to it.
    type Guard<'a>: DerefMut<Target = Self::Store>
    where
        Self: 'a;

    /// Waits for access.
    async fn lock(&mut self) -> Self::Guard<'_>;
}

impl<S: AsyncStore> StoreLock for &mut S {
    type Store = S;
    type Guard<'a>
        = &'a mut S
    where
        Self: 'a;

    async fn lock(&mut self) -> &mut S {
        self
    }
}

#[cfg(feature = "embassy-sync")]
impl<M, S> StoreLock for &embassy_sync::mutex::Mutex<M, S>
where
    M: embassy_sync::blocking_mutex::raw::RawMutex,
    S: AsyncStore,
{
    type Store = S;
    type Guard<'a>
        = embassy_sync::mutex::MutexGuard<'a, M, S>
    where
        Self: 'a;

    async fn lock(&mut self) -> Self::Guard<'_> {
        (**self).lock().await
    }
}
