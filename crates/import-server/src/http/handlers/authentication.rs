//! Logging in and out.

use import_proto::{
    Email, LoggedIn, LoggedOut, LoginData, LoginDigest, LoginPassword, LogoutData, Me, Profile, Success, Timestamp,
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

/// How many hexadecimal digits a SHA-256 has.
const DIGEST_LENGTH: usize = 64;

impl<S: Store> Handle<LogIn> for App<S> {
    async fn handle(&self, call: Call<LogIn>) -> Result<LoggedIn, Failure> {
        if let Some(token) = call.body.resume {
            return self.resume(token).await;
        }
        let Some(name) = call.body.name() else { return Err(Failure::invalid("user: it is missing")) };
        let Some(password) = call.body.password.clone() else {
            return Err(Failure::invalid("password: it is missing"));
        };
        if let LoginPassword::Digest(LoginDigest { digest, .. }) = &password
            && !(digest.len() == DIGEST_LENGTH && digest.bytes().all(|digit| digit.is_ascii_hexdigit()))
        {
            return Err(Failure::invalid("password.digest: 64 hexadecimal digits were expected"));
        }
        let (user_id, hash) = match self.store().credentials(name).await? {
            Some(credentials) => (credentials.user_id, credentials.bcrypt),
            None => (String::new(), None),
        };
        if !self.passwords.verify(password, hash).await? {
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
        Ok(logged_in(user_id, token, &caller))
    }
}

impl<S: Store> App<S> {
    /// Logs the owner of a token in again. The token stays the same.
    async fn resume(&self, token: String) -> Result<LoggedIn, Failure> {
        let hashed = hash_token(&token);
        let Some(user_id) = self.store().token_owner(&hashed).await? else { return Err(Failure::LoginFailed) };
        match self.store().authenticate(&user_id, &hashed, Timestamp::now()).await? {
            Some(caller) => Ok(logged_in(user_id, token, &caller)),
            None => Err(Failure::LoginFailed),
        }
    }
}

fn logged_in(user_id: String, auth_token: String, caller: &Caller) -> LoggedIn {
    LoggedIn { status: "success".to_owned(), data: LoginData { user_id, auth_token, me: profile(caller) } }
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
