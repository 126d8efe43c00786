//! Users added by the request, staged and imported together.

use import_proto::{
    Accepted, ImportStatus, NewOperation, Success,
    endpoints::{ImportAddUsers, ImportClear, ImportNew, ImportRun, ImportStatusNow},
};
use import_store::Store;

use crate::http::{
    app::App,
    failure::Failure,
    handle::{Call, Handle, caller},
};

impl<S: Store> Handle<ImportNew> for App<S> {
    async fn handle(&self, call: Call<ImportNew>) -> Result<NewOperation, Failure> {
        let operation = self.engine.new_operation(caller(&call.session)?.user_id()).await?;
        Ok(NewOperation { operation, success: Success })
    }
}

impl<S: Store> Handle<ImportAddUsers> for App<S> {
    async fn handle(&self, call: Call<ImportAddUsers>) -> Result<Accepted, Failure> {
        self.engine.add_users(call.body.users).await?;
        Ok(Accepted::default())
    }
}

impl<S: Store> Handle<ImportRun> for App<S> {
    async fn handle(&self, _: Call<ImportRun>) -> Result<Accepted, Failure> {
        self.engine.run().await?;
        Ok(Accepted::default())
    }
}

impl<S: Store> Handle<ImportStatusNow> for App<S> {
    async fn handle(&self, _: Call<ImportStatusNow>) -> Result<ImportStatus, Failure> {
        Ok(self.engine.status().await?)
    }
}

impl<S: Store> Handle<ImportClear> for App<S> {
    async fn handle(&self, _: Call<ImportClear>) -> Result<Accepted, Failure> {
        self.engine.clear().await?;
        Ok(Accepted::default())
    }
}
