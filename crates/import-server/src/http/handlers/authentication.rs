//! Logging in and out.

use import_proto::{
    Email, LoggedIn, LoggedOut, LoginData, LogoutData, Me, Profile, Success, Timestamp,
    endpoints::{LogIn, LogOut, WhoAmI},
};
use import_store::{
    Caller, NewToken, Store,
    credentials::{hash_token, new_token},
};

use crate::http::{
    app::App,
    failure::Failure,
    handle::{Call, Handle, caller},
};

impl<S: Store> Handle<LogIn> for App<S> {
    async fn handle(&self, call: Call<LogIn>) -> Result<LoggedIn, Failure> {
        let Some(name) = call.body.name() else { return Err(Failure::invalid("user: it is missing")) };
        let (user_id, hash) = match self.store().credentials(name).await? {
            Some(credentials) => (credentials.user_id, credentials.bcrypt),
            None => (String::new(), None),
        };
        if !self.passwords.verify(call.body.password, hash).await? {
            return Err(Failure::LoginFailed);
        }
        let token = new_token();
        let hashed = hash_token(&token);
        let now = Timestamp::now();
        self.store().add_token(&user_id, &hashed, NewToken::Login, now).await?;
        // Nobody, where the user was deactivated meanwhile.
        let Some(caller) = self.store().authenticate(&user_id, &hashed, now).await? else {
            return Err(Failure::LoginFailed);
        };
        Ok(LoggedIn {
            status: "success".to_owned(),
            data: LoginData { user_id, auth_token: token, me: profile(&caller) },
        })
    }
}

impl<S: Store> Handle<LogOut> for App<S> {
    async fn handle(&self, call: Call<LogOut>) -> Result<LoggedOut, Failure> {
        let session = caller(&call.session)?;
        self.store().remove_token(session.user_id(), &session.hashed_token).await?;
        Ok(LoggedOut {
            status: "success".to_owned(),
            data: LogoutData { message: "You've been logged out!".to_owned() },
        })
    }
}

impl<S: Store> Handle<WhoAmI> for App<S> {
    async fn handle(&self, call: Call<WhoAmI>) -> Result<Me, Failure> {
        Ok(Me { profile: profile(&caller(&call.session)?.caller), success: Success })
    }
}

fn profile(caller: &Caller) -> Profile {
    let emails = caller.emails.iter();
    Profile {
        id: caller.user.id.clone(),
        name: caller.user.name.clone(),
        username: caller.user.username.clone(),
        emails: emails.map(|email| Email { address: email.address.clone(), verified: email.verified }).collect(),
        roles: caller.roles.clone(),
    }
}
